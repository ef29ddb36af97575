"""HTTP as bytes: the client that asks and the server that plays a double, over one parser."""
