using EReferrals.Local.Tests.App;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.Services.AddSingleton<Gate>().AddSingleton<TimerLog>().AddSingleton(Script.FromSettings());
builder.Build().Run();
