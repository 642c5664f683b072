"""The tests: facts about the press, through the public way in."""
