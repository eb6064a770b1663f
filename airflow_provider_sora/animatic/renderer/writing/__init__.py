"""What is written on the picture: fonts, line breaks, and text laid over moving frames. Not here: the frames."""
