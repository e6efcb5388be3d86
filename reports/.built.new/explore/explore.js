// Draws a page's chart so that it answers to the pointer; the page loads nothing else.
(() => {
  const place = document.getElementById("plot");
  const button = document.getElementById("png");
  const swedish = document.documentElement.lang === "sv";
  let drawn = null;

  function draw() {
    const room = place.clientWidth;
    if (drawn && drawn.room === room) return;
    const name = room >= 800 ? "wide" : "phone";
    const { data, layout } = window.utfallFigure[name];
    drawn = { room, width: Math.min(layout.width, room), height: layout.height };
    const free = { fixedrange: false };
    const axes = Object.keys(layout).filter((key) => /^[xy]axis/.test(key));
    for (const axis of axes) layout[axis] = { ...layout[axis], ...free };
    Plotly.react(
      place,
      data,
      { ...layout, width: drawn.width, dragmode: "zoom", hovermode: "closest", separators: swedish ? ",\u00a0" : ".," },
      { displayModeBar: false, doubleClick: "reset" },
    );
  }

  draw();
  window.addEventListener("resize", draw);
  button.hidden = false;
  button.addEventListener("click", () => {
    const { width, height } = drawn;
    Plotly.downloadImage(place, { format: "png", width, height, scale: 3, filename: button.dataset.name });
  });
})();
