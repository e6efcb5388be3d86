"""Models: the dbt project that turns raw tables into marts; SQL only."""
