-- Walks the paths of a file, one a line, again and again: wrk -s paths.lua URL -- FILE
function init(arguments)
    requests = {}
    for path in io.lines(arguments[1]) do requests[#requests + 1] = wrk.format("GET", path) end
    place = 0
end

function request()
    place = place % #requests + 1
    return requests[place]
end
