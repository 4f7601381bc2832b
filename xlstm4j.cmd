@echo off
rem Builds what is missing or older than its sources, then runs a command: xlstm4j --help
rem XLSTM4J_OPTS adds options for the Java machine, such as -Xmx4g; JAVA_HOME says which one to use.
rem SPARK_HOME says where Spark is, for the spark commands.
setlocal
set "ROOT=%~dp0"
set "TARGET=%ROOT%examples\target"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"

set "MAJOR=0"
for /f "tokens=3" %%v in ('call "%JAVA%" -version 2^>^&1 ^| findstr /i version') do (
  for /f "tokens=1 delims=." %%m in ("%%~v") do set "MAJOR=%%m"
)
if %MAJOR% LSS 17 (
  echo xlstm4j: Java 17 or newer is needed; install a JDK and set JAVA_HOME to it 1>&2
  exit /b 1
)

powershell -NoProfile -Command "$s = Get-Item -ErrorAction SilentlyContinue (Join-Path $env:TARGET 'launcher.stamp'); if (-not $s -or -not (Test-Path (Join-Path $env:TARGET 'lib'))) { exit 1 }; $poms = Get-Item (Join-Path $env:ROOT 'pom.xml'), (Join-Path $env:ROOT '*\pom.xml'); $sources = Get-ChildItem -Recurse (Join-Path $env:ROOT '*\src\main'); if (($poms + $sources) | Where-Object { $_.LastWriteTime -gt $s.LastWriteTime } | Select-Object -First 1) { exit 1 }"
if not errorlevel 1 goto run

echo xlstm4j: building ... 1>&2
if exist "%TARGET%\lib" rmdir /s /q "%TARGET%\lib"
if exist "%TARGET%\xlstm4j-examples-*.jar" del /q "%TARGET%\xlstm4j-examples-*.jar"
if not exist "%TARGET%" mkdir "%TARGET%"
type nul > "%TARGET%\launcher.stamp.new"
pushd "%ROOT%"
call mvnw.cmd -B -q -DskipTests package > "%TARGET%\build.log" 2>&1
if errorlevel 1 (
  popd
  type "%TARGET%\build.log" 1>&2
  echo xlstm4j: the build failed; its log is above and in %TARGET%\build.log 1>&2
  exit /b 1
)
popd
move /y "%TARGET%\launcher.stamp.new" "%TARGET%\launcher.stamp" > nul

:run
for %%j in ("%TARGET%\xlstm4j-examples-*.jar") do set "JAR=%%j"
rem Heap and native memory: 1.5 + 4 GB at most, so that the demo stays below 6 GB.
if not defined OMP_NUM_THREADS set "OMP_NUM_THREADS=1"
set "CLASSPATH=%JAR%;%TARGET%\lib\*"
set "OPENS="
if not "%~1"=="spark" goto start
if defined SPARK_HOME set "CLASSPATH=%CLASSPATH%;%SPARK_HOME%\jars\*"
for %%p in (java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent java.util.concurrent.atomic sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar) do call set "OPENS=%%OPENS%% --add-opens=java.base/%%p=ALL-UNNAMED"
:start
"%JAVA%" -Xmx1536m -Dxlstm4j.home="%ROOT%." -Dorg.bytedeco.javacpp.maxbytes=4g -Djava.awt.headless=true %OPENS% %XLSTM4J_OPTS% -cp "%CLASSPATH%" org.xlstm4j.cli.Main %*
exit /b %ERRORLEVEL%
