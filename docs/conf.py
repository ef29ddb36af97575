"""The site of the documents: `make docs`.

Sphinx with MyST and Furo, because the pages stay plain Markdown that repositories show as it is, every
link that leads nowhere is an error, and the site that comes out needs no network to be read.
"""

project = "lakehouse-parity"
html_title = "lakehouse-parity"
extensions = ["myst_parser"]
exclude_patterns = ["requirements.*"]
myst_heading_anchors = 3
html_theme = "furo"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
