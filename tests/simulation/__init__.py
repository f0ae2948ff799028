"""The simulation: engines, accounts, closed forms, chance, people, saving."""
