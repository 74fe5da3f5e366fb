// What the page uses of Preact and its hooks; the vendored files carry no types.
export interface VNode {
  key: unknown;
}
export type Child = VNode | string | number | boolean | null | undefined | Child[];
export function h(type: unknown, props: object | null, ...children: Child[]): VNode;
export function render(what: Child, into: Element | null): void;
export function useState<T>(first: T | (() => T)): [T, (next: T | ((old: T) => T)) => void];
export function useEffect(effect: () => unknown, inputs?: readonly unknown[]): void;
export function useLayoutEffect(effect: () => unknown, inputs?: readonly unknown[]): void;
export function useMemo<T>(make: () => T, inputs?: readonly unknown[]): T;
export function useCallback<T>(callback: T, inputs?: readonly unknown[]): T;
/** A ref of an element: filled when effects and handlers run. */
export function useRef(first: null): { current: any };
export function useRef<T>(first: T): { current: T };
