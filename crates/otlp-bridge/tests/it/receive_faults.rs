//! Senders that break off, stall, flood, or send little that stands for much.
