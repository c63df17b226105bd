"""Tests: tests/<package>/test_<module>.py tells of <package>/<module>.py."""
