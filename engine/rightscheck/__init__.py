"""rightscheck: human-rights risk assessment of security measures."""

__version__ = "0.1.0"
