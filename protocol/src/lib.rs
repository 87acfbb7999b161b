//! What travels between Plumbago and the world: names, tags, globs, lines, pickle frames, times, and answers.
