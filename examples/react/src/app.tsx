/** The routes, and who may see them. */
import { Route, Routes } from 'react-router'
import { CodeDue, SecondFactor, SignedIn, SignedOut } from './guards.tsx'
import { Account } from './pages/account.tsx'
import { Activity } from './pages/activity.tsx'
import { Code } from './pages/code.tsx'
import { Home } from './pages/home.tsx'
import { NotFound } from './pages/not-found.tsx'
import { Profile } from './pages/profile.tsx'
import { Register } from './pages/register.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { Shell } from './parts/shell.tsx'

export function App() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<Home />} />
        <Route element={<SignedOut />}>
          <Route element={<CodeDue due={false} />}>
            <Route path="register" element={<Register />} />
            <Route path="login" element={<SignIn />} />
          </Route>
          <Route element={<CodeDue due={true} />}>
            <Route path="login/code" element={<Code />} />
          </Route>
        </Route>
        <Route element={<SignedIn />}>
          <Route path="account" element={<Account />} />
          <Route path="profile" element={<Profile />} />
          <Route element={<SecondFactor />}>
            <Route path="activity" element={<Activity />} />
          </Route>
        </Route>
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  )
}
