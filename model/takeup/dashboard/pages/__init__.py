"""The pages, as Solara components."""
