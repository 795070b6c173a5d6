//! Recipes: how an engine runs, as data.
