// What keys do in the part of a review that is open: dock.js has one listener for all, and asks the parts first.
import { useEffect, useRef } from "preact/hooks";

/** `acts` has a function for each act of the table of keys that is possible here. */
export function useActs(review, acts) {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    review.parts.add(latest);
    return () => review.parts.delete(latest);
  }, [review]);
}

/** What an open part does at `act`; undefined where none does anything. */
export const actOfParts = (review, act) => [...review.parts].map((part) => part.current[act]).find(Boolean);
