// `JSONValue` and `Confidential` are part of this module's signatures.
@_exported import TwinlockSupport
