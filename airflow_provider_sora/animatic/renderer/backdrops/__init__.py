"""What stands behind a title card: places, drawn by the light that the prompt asks for. Not here: words on it."""
