"""Values only: frozen, keyword-only, without effects. Every other layer speaks in these."""
