// React 19: objects and functions become properties where the element has them, `ontwinlock-verified` listens to `twinlock-verified`.
import { useCallback, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { BASE, client, login } from './session.js';

function App() {
  const [nextStep, setNextStep] = useState();
  const [signedIn, setSignedIn] = useState(false);
  const [log, setLog] = useState([]);
  const note = useCallback((line) => setLog((lines) => [...lines, line]), []);
  useEffect(() => {
    const signIn = async (username, password) => setNextStep(await login(username, password));
    window.shop = { client, signIn };
  }, []);
  const verified = ({ detail }) => {
    note(`verified by ${detail.method}`);
    setSignedIn(true);
  };
  return (
    <>
      {signedIn && <twinlock-settings base={BASE} heading-level={4} client={client} ontwinlock-disabled={() => note('disabled')} />}
      {!signedIn && nextStep && (
        <twinlock-challenge
          base={BASE}
          sign-in="/login"
          heading-level={3}
          csrf-cookie="csrf"
          nextStep={nextStep}
          ontwinlock-error={({ detail }) => note(detail.code)}
          ontwinlock-verified={verified}
        />
      )}
      <ol id="log">
        {log.map((line, at) => (
          <li key={at}>{line}</li>
        ))}
      </ol>
    </>
  );
}

createRoot(document.querySelector('#app')).render(<App />);
