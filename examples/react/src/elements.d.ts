// Twinlock's elements in JSX, with their properties, attributes and events.
import 'twinlock/web/react'
