//! The exporter before servers that do as they are told.
