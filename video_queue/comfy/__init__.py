"""ComfyUI: the client that speaks to it, its nodes, its folders, its errors, and the graphs it is sent."""
