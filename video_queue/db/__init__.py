"""Everything that knows SQL. `queue_db` owns the connection; the other modules hold statements as functions.

Callers write `await db.transact(prompts.claim_next_prompt, ...)`: the function runs whole inside one transaction.
"""
