"""The expected value of information: which figure would be worth collecting before a choice is made."""
