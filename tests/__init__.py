"""The tests: facts about newsletter, through the public way in."""
