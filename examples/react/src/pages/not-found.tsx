import { Link } from 'react-router'

export function NotFound() {
  return (
    <section className="card narrow">
      <title>No such page · Twinlock with React</title>
      <h1>No such page</h1>
      <p>
        <Link to="/">Start page</Link>
      </p>
    </section>
  )
}
