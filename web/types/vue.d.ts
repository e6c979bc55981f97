/**
 * The elements in the templates of Vue 3, once `compilerOptions.isCustomElement` knows their tags:
 *
 * ```vue
 * <script setup lang="ts">
 * import 'twinlock/web/vue';
 * </script>
 * <template><twinlock-challenge :nextStep="login" @twinlock-verified="({ detail }) => signedIn(detail)" /></template>
 * ```
 *
 * @module
 */
import type { EmitFn, HTMLAttributes, PublicProps } from 'vue';
import type { TwinlockEventMap, TwinlockProps, TwinlockTagNameMap } from 'twinlock/web';

export * from 'twinlock/web';

type Emits = { [Name in keyof TwinlockEventMap]: (event: TwinlockEventMap[Name]) => void };
type Listener<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${Capitalize<First>}${Listener<Rest>}`
  : Capitalize<Name>;

/** The props of a listener for each event: `onTwinlockVerified`, in templates `@twinlock-verified`. */
export type TwinlockListeners = {
  [Name in keyof TwinlockEventMap as `on${Listener<Name>}`]?: ((event: TwinlockEventMap[Name]) => void) | undefined;
};

// Vue's tools check `heading-level` as `headingLevel`; what is set is the attribute, as it stands in the template.
type Camel<Name> = Name extends `${infer First}-${infer Rest}` ? `${First}${Listener<Rest>}` : Name;
type Props<Given> = { [Name in keyof Given as Name | Camel<Name>]: Given[Name] };

/** Each element by its tag, as Vue's tools want a component told. */
export type TwinlockComponents = {
  [Tag in keyof TwinlockTagNameMap]: new () => TwinlockTagNameMap[Tag] & {
    $props: HTMLAttributes & PublicProps & Props<TwinlockProps[Tag]> & TwinlockListeners;
    $emit: EmitFn<Emits>;
  };
};

declare module 'vue' {
  interface GlobalComponents extends TwinlockComponents {}
}
