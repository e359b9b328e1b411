"""The programme for other programs: calendars, schedule apps, whoever reads JSON. Made from the released programme."""
