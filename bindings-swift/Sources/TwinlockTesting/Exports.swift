// What the kits take and give.
@_exported import Twinlock
