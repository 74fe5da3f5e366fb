// What the page uses of @preact/signals; the vendored files carry no types.
export interface ReadonlySignal<T> {
  readonly value: T;
  peek(): T;
  subscribe(read: (value: T) => void): () => void;
}
export interface Signal<T> extends ReadonlySignal<T> {
  value: T;
}
/** What begins empty is filled later, by whatever its comment says. */
export function signal(first: null): Signal<any>;
export function signal(first: never[]): Signal<any[]>;
export function signal<T>(first: T): Signal<T>;
export function computed<T>(of: () => T): ReadonlySignal<T>;
export function effect(act: () => unknown): () => void;
export function batch<T>(act: () => T): T;
export function untracked<T>(act: () => T): T;
export function useSignal(first: null): Signal<any>;
export function useSignal(first: never[]): Signal<any[]>;
export function useSignal<T>(first: T): Signal<T>;
export function useComputed<T>(of: () => T): ReadonlySignal<T>;
export function useSignalEffect(act: () => unknown): void;
