"""Whom we address: parliaments, agencies, companies."""
