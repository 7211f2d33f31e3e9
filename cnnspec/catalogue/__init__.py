"""What may be called: Keras's objects as data, and our own sections, sources and searches in the same form."""

from cnnspec.catalogue.catalogue import Catalogue, load_catalogue
from cnnspec.catalogue.entry import Backbone, Entry, Parameter

__all__ = ["Backbone", "Catalogue", "Entry", "Parameter", "load_catalogue"]
