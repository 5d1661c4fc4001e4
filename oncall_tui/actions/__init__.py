"""What a person does: each action writes the journal before and after it acts."""
