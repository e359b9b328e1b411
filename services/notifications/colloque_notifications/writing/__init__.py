"""From a mail's references to the bytes that leave: words once a template, language and release, filled in for each
person."""
