"""Notices: whatever we owe one person at one time, and its delivery."""
