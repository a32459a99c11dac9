"""What was printed, by whom, where?  The bundled surveys, and how a survey of one's own is read and checked."""

from __future__ import annotations

from aibaro.published.survey import PublishedSurvey, catalogue, load, read

__all__ = ["PublishedSurvey", "catalogue", "load", "read"]
