"""The pages as Solara components: they arrange what the other modules compute, describe and draw."""
