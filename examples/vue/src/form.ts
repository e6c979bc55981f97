import { ref } from 'vue';
import type { Ref } from 'vue';
import { sentence } from './refusal';

/** What a form shows while it is sent and after it was refused. */
interface Form {
  busy: Ref<boolean>;
  error: Ref<string>;
  submit(event: Event): Promise<void>;
}

/** A form that is sent once at a time and says in words what went wrong. */
export function useForm(send: () => Promise<unknown>): Form {
  const busy = ref(false);
  const error = ref('');

  async function submit(event: Event): Promise<void> {
    if (busy.value) return;
    const wrong = (event.currentTarget as HTMLElement).querySelector<HTMLInputElement>('input:invalid');
    error.value = wrong?.validationMessage ?? '';
    if (wrong) return wrong.focus();
    busy.value = true;
    try {
      await send();
    } catch (thrown) {
      error.value = sentence(thrown);
    } finally {
      busy.value = false;
    }
  }

  return { busy, error, submit };
}
