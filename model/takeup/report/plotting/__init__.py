"""Shared plotting code: page layout, colours, text measurement and SVG embedding."""
