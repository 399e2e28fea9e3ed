namespace EReferrals.Resilience;

/// <summary>Others changed the same thing each time that it was tried. Nothing is wrong with what was asked: it is tried again when they are done.</summary>
public sealed class ContendedException(Exception lastRace) : Exception("Others changed the same thing again and again.", lastRace);
