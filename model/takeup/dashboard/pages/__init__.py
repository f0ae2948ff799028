"""The pages, as solara components: they lay out what the other modules of the dashboard say and draw."""
