"""The board: a small CRM in the browser, for the people of the sandbox portal.

It shows what the portal holds and does nothing by itself: every click becomes a REST request of the person
who is signed in, through the portal's one door, so that the same rules, refusals, events and faults apply.
It knows nothing of the product. Whoever reaches it may act as any employee, so it is served on the loopback
address only, unless somebody insists.
"""
