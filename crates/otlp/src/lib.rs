//! OTLP metrics, logs and traces, from protobuf and JSON, into plain borrowed types. Bounded; no I/O.
