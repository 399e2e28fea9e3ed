using System.Text.Json;
using BenchmarkDotNet.Attributes;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Reading;

namespace EReferrals.Benchmarks.Micro;

#pragma warning disable CA1515 // the library asks for public types

public class WorklistPage
{
    private IReadOnlyList<ListedEntry> _entries = [];
    private WorklistEntry _entry = null!;

    [Params(10, 100, 1_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var now = new DateTimeOffset(2026, 11, 25, 9, 30, 0, TimeSpan.Zero);
        var service = new Service
        {
            Id = "50001",
            Name = "Triage",
            Provider = "R69",
            Specialty = "CARDIOLOGY",
            Priorities = [Priority.Routine],
            RequestTypes = [RequestType.TriageRequest],
        };
        _entry = WorklistEntry.From(ReferralRules.Submit(SubmissionPath.Create(Ubrn.FromSequence(7)), service, [], [], now).After);
        var json = JsonSerializer.Serialize(_entry, StorageJson.Default.WorklistEntry);
        _entries = [.. Enumerable.Range(0, Entries).Select(_ => new ListedEntry(_entry.SortKey, json))];
    }

    [Benchmark]
    public byte[] RenderThePage() => WorklistPages.Render(_entries);

    [Benchmark]
    public string WriteAnEntry() => JsonSerializer.Serialize(_entry, StorageJson.Default.WorklistEntry);
}
