#!/bin/sh
# A browser and a free font draw the static charts, Pango lays out the PDF files. With none of
# them the report is still made, with tables, and says what is missing. Never fails.
need=""
found=""
for name in chromium chromium-browser google-chrome chrome msedge brave; do
    command -v "$name" >/dev/null 2>&1 && found=$name && break
done
[ -n "$found" ] || need="chromium"
{ command -v fc-list >/dev/null 2>&1 && fc-list 2>/dev/null | grep -qi liberation; } \
    || ls /usr/share/fonts/truetype/liberation* >/dev/null 2>&1 \
    || need="$need fonts-liberation"
{ command -v ldconfig >/dev/null 2>&1 && ldconfig -p | grep -q libpangoft2-1.0; } \
    || ls /usr/lib/*/libpangoft2-1.0* /opt/homebrew/lib/libpango-1* >/dev/null 2>&1 \
    || need="$need libpango-1.0-0 libpangoft2-1.0-0"
{ command -v ldconfig >/dev/null 2>&1 && ldconfig -p | grep -q libharfbuzz-subset; } \
    || ls /usr/lib/*/libharfbuzz-subset* /opt/homebrew/lib/libharfbuzz-subset* >/dev/null 2>&1 \
    || need="$need libharfbuzz-subset0"
need=${need# }
[ -n "$need" ] || exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for charts and PDF: $need"
    if { apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends $need; } >/dev/null 2>&1; then
        exit 0
    fi
    echo "that did not work; the report is made without them"
else
    echo "charts and PDF need $need; the report is made without. To install:"
fi
echo "  sudo apt-get install --no-install-recommends $need"
exit 0
