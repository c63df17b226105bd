"""What the demo tells, as plain data: Metropolis-9, where DreamSync Corp buys its way into sleep.

Times are days from the moment the demo is made: -20.5 is twenty and a half days ago.
"""
