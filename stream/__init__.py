"""The pipeline from record bytes to candidates, and the plane that turns candidates into alerts."""
