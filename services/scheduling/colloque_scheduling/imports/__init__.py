"""Programme files of others, read into one shape: schedule.xml, frab's and pretalx's JSON, calendars."""
