/** A box that keeps its end in view while its content grows, until one scrolls up; at the end it follows again. */
import { type RefCallback, type UIEvent, useCallback, useRef, useState } from "react";

interface FollowedEnd {
  readonly isFollowing: boolean;
  readonly box: (element: HTMLElement | null) => void;
  readonly content: RefCallback<HTMLElement>;
  readonly onScroll: (event: UIEvent<HTMLElement>) => void;
}

const CLOSE_ENOUGH_PX = 8;

export function useFollowedEnd(): FollowedEnd {
  const [isFollowing, setFollowing] = useState(true);
  const wanted = useRef(true);
  const boxElement = useRef<HTMLElement | null>(null);
  const lastTop = useRef(0);

  const goToEnd = useCallback(() => {
    const box = boxElement.current;
    if (box !== null && wanted.current) box.scrollTop = box.scrollHeight;
  }, []);

  const box = useCallback((element: HTMLElement | null) => {
    boxElement.current = element;
  }, []);

  // Growth by new lines, by wrapping and by blocks that come into sight: all change the content's size.
  const content = useCallback<RefCallback<HTMLElement>>(
    (element) => {
      if (element === null) return;
      const observer = new ResizeObserver(goToEnd);
      observer.observe(element);
      goToEnd();
      return () => observer.disconnect();
    },
    [goToEnd],
  );

  /** Only a person scrolls upwards: content that grows moves the end away, but not the top. */
  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: UIEvent<HTMLElement>) => {
    const isUp = scrollTop < lastTop.current;
    lastTop.current = scrollTop;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - CLOSE_ENOUGH_PX;
    if (!isAtEnd && !isUp) return;
    wanted.current = isAtEnd; // at once: content that grows before the next drawing must not take the person back
    setFollowing(isAtEnd);
  };

  return { isFollowing, box, content, onScroll };
}
